"""From the sites into the archive.

refresher      the thread that reads each source when it is due
reading        one source, read once, under its lease
revalidation   a page that has not changed is not sent again
backfill       the past, day by day
"""
