"""Makes a release: changelog, tag, artifacts, manifest, checksums, signature (docs/release.md)."""
