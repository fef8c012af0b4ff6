"""``python -m controller``: read the settings, wire the app, run it, exit with its code."""

import logging
import signal
import sys
from collections.abc import Sequence

from controller import settings as settings_
from controller.app import App
from controller.cloud.session import NoSession
from controller.cluster.api import FIELD_MANAGER, Api
from controller.cluster.connection import NotConfigured
from controller.flag_values import SettingsError
from controller.kinds.load import kinds
from controller.observe import log
from controller.observe.health import CannotListen


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the controller until SIGTERM or SIGINT; 0 after these, 1 when the lease was lost, 2 for bad settings."""
    try:
        table = kinds()
        settings = settings_.read(sys.argv[1:] if arguments is None else arguments, kinds=table)
        log.set_up(settings.log_level, for_people=settings.development_logging)
        api = Api.found(
            settings.kubeconfig or None,
            connections=_connections(settings, len(table)),
            field_manager=f"{FIELD_MANAGER}@{settings.lease_namespace}",
        )
        app = App(settings, table, api)
    except (SettingsError, NotConfigured, NoSession, CannotListen) as error:
        print(f"controller: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    for notice in settings.notices:
        logging.getLogger("controller").info(notice)
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: app.stop())
    return app.run()


def _connections(settings: settings_.Settings, kinds: int) -> int:
    """To the API server: a watch for each kind and namespace, the workers, and 16 for the lease, Events and lists."""
    # NB: a connection more than the pool holds is closed after each call, and TLS made anew takes twelve times the CPU
    return (
        len(settings.kinds or range(kinds)) * max(len(settings.watch_namespaces), 1) + settings.workers + 16
    )


if __name__ == "__main__":
    sys.exit(main())
