"""Published ideas rebuilt from their papers, to run beside ours."""
