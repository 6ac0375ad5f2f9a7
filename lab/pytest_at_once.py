# SPDX-License-Identifier: LGPL-2.1-or-later
"""A pytest plugin for runs that take long: say which test failed when it fails, and not an hour later.

    python3 -m pytest -p lab.pytest_at_once …
"""
import pytest


class AtOnce:
    def __init__(self, reporter):
        self.reporter = reporter

    def pytest_runtest_logreport(self, report):
        if report.failed:
            self.reporter.write_line(f"\n{report.nodeid}: {report.when} failed after {report.duration:.0f} s", red=True)
            lines = report.longreprtext.splitlines()
            for line in [line for line in lines if line.startswith("E ")][:5] or lines[-5:]:
                self.reporter.write_line("    " + line[:200])


@pytest.hookimpl(trylast=True)      # after what registers the reporter
def pytest_configure(config):
    # The controller alone; what a worker process of pytest-xdist prints is lost.
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter and not hasattr(config, "workerinput"):
        config.pluginmanager.register(AtOnce(reporter))
