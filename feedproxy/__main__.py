from feedproxy.cli import main

main(prog_name="feedproxy")
