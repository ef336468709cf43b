"""The package on booted Debians: units, sockets and watchdogs under a real systemd.

`make booted-test` runs it, as root. systemd-nspawn boots a Debian 13 within a few seconds, even on
a machine that does not run systemd. Everything ends with the test process: the systems are in pid
namespaces that are killed with it, and a child process holds the network namespaces.
"""
