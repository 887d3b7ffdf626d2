"""The main job: measure what is missing, fill the documents, commit."""
