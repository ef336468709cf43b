"""The package on booted Debians: units, sockets and watchdogs under a real systemd.

`make booted-test` runs it. It needs root, and systemd-nspawn boots a Debian 13 within a few seconds
on a machine that need not run systemd itself. Everything ends with the test process: systems in
process namespaces that die with it, networks that a child of it holds.
"""
