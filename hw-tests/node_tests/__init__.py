"""What a netrelay card has to do, on emulated nodes and on a bench alike."""
