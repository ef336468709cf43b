"""Files and bodies on their way: claims, seals, frames, staging, delivery into the inbox."""
