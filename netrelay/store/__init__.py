"""The node's database: connections, versions, and the queries and statements of each subject."""
