/** Names of people, channels and groups. */

export class Directory {
  /** @param {object} workspace as `GET /sandbox/workspace` answers */
  constructor(workspace) {
    this.workspace = workspace;
    this.people = new Map(workspace.people.map((person) => [person.id, person]));
    this.channels = new Map(workspace.channels.map((channel) => [channel.id, channel]));
    this.groups = new Map(workspace.groups.map((group) => [group.id, group]));
  }

  /** Return who can be "me", in the order of the workspace. */
  actors() {
    return this.workspace.people.filter((person) => person.can_act);
  }

  /** Return the actor with this id, name or role, or undefined. @param {string | null} wanted */
  actor(wanted) {
    const word = plain(wanted);
    return this.actors().find((one) => one.id === wanted || plain(one.name) === word || plain(one.role) === word);
  }

  /** Return how a person is called beside a message. */
  nameOf(userId) {
    const person = this.people.get(userId);
    if (!person) return userId === this.workspace.app.bot_user_id ? this.workspace.app.name : (userId ?? "Unknown");
    return person.real_name || person.name;
  }

  /** Return the text of a mention without its @. */
  handleOf(userId, label) {
    return this.people.get(userId)?.name ?? label ?? userId;
  }

  isApp(userId) {
    return userId === this.workspace.app.bot_user_id || Boolean(this.people.get(userId)?.is_bot);
  }

  /** Return what one should know of a person: "guest", "other company", or nothing. */
  standingOf(person) {
    if (person.is_stranger) return "other company";
    if (person.is_restricted && !/guest/i.test(person.role)) return "guest";
    return "";
  }
}

function plain(text) {
  return String(text ?? "").toLowerCase().replace(/[^a-z0-9]/g, "");
}
