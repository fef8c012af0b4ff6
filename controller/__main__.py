"""``python -m controller``: read the settings, wire the app, run it, exit with its code."""

import logging
import signal
import sys
from collections.abc import Sequence

from controller import settings as settings_
from controller.app import App
from controller.cluster.api import Api
from controller.cluster.connection import NotConfigured
from controller.kinds.load import kinds
from controller.observe import log


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the controller until SIGTERM or SIGINT; 0 after these, 1 when the lease was lost, 2 for bad settings."""
    try:
        table = kinds()
        settings = settings_.read(sys.argv[1:] if arguments is None else arguments, kinds=table)
        api = Api.found(settings.kubeconfig or None)
    except (settings_.SettingsError, NotConfigured) as error:
        print(f"controller: {error}", file=sys.stderr)
        return 2
    log.set_up(settings.log_level, for_people=settings.development_logging)
    for notice in settings.notices:
        logging.getLogger("controller").info(notice)
    app = App(settings, table, api)
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: app.stop())
    return app.run()


if __name__ == "__main__":
    sys.exit(main())
