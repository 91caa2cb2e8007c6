"""The fault storm: a real server and a site that breaks in every way, until the time is up.

    python -m tests.storm --seconds 300 [--database URL] [--workers 4] [--clients 4] [--seed N]

    site      the emulator with invented papers and an access log, in a process of its own
    server    `feedproxy serve` in a temporary folder: started, killed, reloaded, restarted
    clients   readers that ask all feeds all the time, and what they find wrong
    weather   which fault when; who dies when
    figures   what is counted afterwards, each against its limit

It is a program, not a test: `test_storm.py` runs it for some seconds.
"""
