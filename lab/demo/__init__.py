"""The story of the project, played on a lab with a user's own commands and watched by a client that counts."""
