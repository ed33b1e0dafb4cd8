"""The pages people open in a browser: read-only HTML over the same questions the commands and the email ask."""
