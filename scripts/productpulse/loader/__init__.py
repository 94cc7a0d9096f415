"""The loader: files of the raw contract into Postgres and the lake, all or nothing."""
