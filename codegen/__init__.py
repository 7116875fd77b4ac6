"""From spec text to files: reading, checking, generating. Never imported by generated code."""
