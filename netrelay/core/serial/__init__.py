"""The protocol of serial lines, without clock, input and output: bytes and times in, bytes out."""
