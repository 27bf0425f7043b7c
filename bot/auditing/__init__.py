"""Proving the audit: verifying, sealing, trimming, exporting and looking back."""
