"""The loader: files of the raw schema into Postgres and the lake, all or nothing."""
