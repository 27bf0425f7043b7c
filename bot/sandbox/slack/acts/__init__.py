"""What a person does in Slack's client, each act up to the app's ack."""
