"""The local set-up. The Makefile and the scripts beside this folder call it; `python3 scripts/local --help` lists what it does.

    checkout   where things are, what is remembered      postgres   the private Postgres
    processes  process ids, ports                        queues     the private SNS/SQS server
    tools      the Python environment                    devkey     the development key pair
    settings   environment variables                     service    `make run`
    estate     `make estate`, with supervisor and estate_queues          demo       `make estate-demo`
    estate_bench   `make bench-estate`

Runs with the system's Python before anything is installed: the standard library is all that it uses.
"""

import argparse
import os
import shlex
import shutil
import signal
import sys

sys.dont_write_bytecode = True

import checkout  # noqa: E402
import demo  # noqa: E402
import devkey  # noqa: E402
import estate  # noqa: E402
import estate_bench  # noqa: E402
import postgres  # noqa: E402
import queues  # noqa: E402
import service  # noqa: E402
import settings  # noqa: E402
import tools  # noqa: E402


def up(with_postgres=True, with_queues=True):
    """Installs and starts what is missing. Answers cluster, its port, the queue server's port; None for what was not wanted."""
    _part_from_original()
    if not tools.installed():
        postgres.stop()  # they run on the files that are replaced now
        queues.stop()
        tools.install()
    devkey.ensure()
    cluster, postgres_port = postgres.start() if with_postgres else (None, None)
    queues_port = queues.start() if with_queues else None
    return cluster, postgres_port, queues_port


def command_up():
    """install and start Postgres and the queue server"""
    with checkout.exclusive():
        up()


def command_env():
    """the same, and print what the tests need as shell exports"""
    with checkout.exclusive():
        variables = settings.for_tests(*up())
    for name, value in variables.items():
        print(f"export {name}={shlex.quote(value)}")


def command_run():
    """the same, then build, migrate, load demonstration data on the first start, and serve"""
    with checkout.exclusive():
        cluster, postgres_port, queues_port = up(not settings.brings_database(), not settings.brings_queues())
        # Somebody's own database never gets demonstration data by itself.
        demo_wanted = cluster is not None and service.make_database(cluster, postgres_port)
    service.build()
    return service.run(settings.for_service(postgres_port, queues_port), cluster, postgres_port, demo_wanted)


def command_estate():
    """build, start the service and the stand-in of what is around it, seed NOMIS, migrate it, turn both syncs on"""
    estate.build()
    with checkout.exclusive():
        cluster, postgres_port, queues_port = up()
        started = estate.start(cluster, postgres_port, queues_port)
    started.command("migrate-locations")
    estate.configure(started, cluster, postgres_port)
    started.sync(10)
    estate.say_where(started)


def command_estate_demo():
    """the same from the beginning, as the story of the decision record with the proof of each step"""
    estate.build()
    with checkout.exclusive():
        cluster, postgres_port, queues_port = up()
        started = estate.start(cluster, postgres_port, queues_port, anew=True)
    demo.play(started, cluster, postgres_port)


def command_bench_estate():
    """the same estate, of full size and with nothing wrong in it, measured"""
    estate.build()
    with checkout.exclusive():
        cluster, postgres_port, queues_port = up()
    estate_bench.play(cluster, postgres_port, queues_port)


def command_stop():
    """stop service, estate, queue server and Postgres"""
    with checkout.exclusive():
        _part_from_original()
        estate.stop()
        service.stop()
        queues.stop()
        postgres.stop()


def command_clean():
    """stop all and remove what was installed and kept"""
    command_stop()
    postgres.remove()
    shutil.rmtree(checkout.LOCAL)


def _part_from_original():
    """Where .local was copied with its checkout, forgets the servers that it names: they are the original's."""
    if checkout.is_copy():
        checkout.say(".local is a copy of another checkout's: making it our own")
        postgres.remove_copied()
        checkout.forget_all()


COMMANDS = {
    "up": command_up,
    "env": command_env,
    "run": command_run,
    "estate": command_estate,
    "estate-demo": command_estate_demo,
    "bench-estate": command_bench_estate,
    "stop": command_stop,
    "clean": command_clean,
}


def main():
    parser = argparse.ArgumentParser(prog="python3 scripts/local", description="The local set-up of this checkout, in .local/.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, command in COMMANDS.items():
        commands.add_parser(name, help=command.__doc__)
    # So that what was begun (pip, cargo) ends with us.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    os.umask(0o022)  # another user must be able to read what root installs
    try:
        return COMMANDS[parser.parse_args().command]() or 0
    except checkout.SetupError as error:
        print(f"[local] {error}", file=sys.stderr)
        return 1
    except PermissionError as error:
        print(f"[local] {error}\n[local] Does .local belong to another user, who ran make here before?", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
