"""The shipped unit: systemd has nothing to say against it, and its stop timeout is longer than a stop may take."""
import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
UNIT = ROOT / 'systemd' / 'lanekeeperd.service'
SHIPPED_BINARY = '/usr/bin/lanekeeperd'
BINARY = os.environ.get('LANEKEEPERD', '')


def output_of(*command, environment=None):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=60,
                          env=environment)
    return done.returncode, done.stdout


def unit_value(name):
    found = re.findall(rf'^{name}=(.*)$', UNIT.read_text(), re.MULTILINE)
    assert len(found) == 1, f'{name} stands {len(found)} times in the unit'
    return found[0]


def default_of(name):
    """As the daemon says it, or as the example file does, which a unit test holds equal to it."""
    if BINARY:
        code, text = output_of(BINARY, '--print-config', environment={'PATH': os.environ['PATH']})
        assert code == 0, text
    else:
        text = (ROOT / 'config' / 'lanekeeper.env').read_text()
    return int(re.search(rf'^#?{name}=(\d+)$', text, re.MULTILINE).group(1))


def rest_of_a_stop():
    """Milliseconds that the steps of a stop other than drain and settle may take."""
    steps = re.findall(r'Millis stop_\w+ = (\d+)s;', (ROOT / 'lib' / 'base' / 'limits.hpp').read_text())
    assert len(steps) >= 4, 'the bounds of a stop are not where they were'
    return sum(map(int, steps)) * 1000


class ShippedUnit(unittest.TestCase):
    def test_systemd_accepts_the_unit_without_a_word(self):
        self.assertIsNotNone(shutil.which('systemd-analyze'), 'systemd-analyze is missing: install systemd')
        binary = str(Path(BINARY).resolve()) if BINARY else '/bin/true'
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / UNIT.name
            text = UNIT.read_text()
            self.assertIn(f'ExecStart={SHIPPED_BINARY}\n', text)
            copy.write_text(text.replace(SHIPPED_BINARY, binary))
            # It ends with 0 on unknown keys too, so what counts is that it is silent.
            code, said = output_of('systemd-analyze', 'verify', '--man=no', str(copy))
        self.assertEqual((code, said), (0, ''))

    def test_systemd_would_notice_a_misspelled_key(self):
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / UNIT.name
            text = UNIT.read_text().replace(SHIPPED_BINARY, '/bin/true')
            copy.write_text(text.replace('TimeoutStopSec=', 'TimeoutStopSecs='))
            _, said = output_of('systemd-analyze', 'verify', '--man=no', str(copy))
        self.assertIn('TimeoutStopSecs', said)

    def test_a_stop_by_default_ends_before_systemd_loses_patience(self):
        drain, settle = default_of('LANEKEEPER_DRAIN_MS'), default_of('LANEKEEPER_SETTLE_MS')
        self.assertGreater(int(unit_value('TimeoutStopSec')) * 1000, drain + settle + rest_of_a_stop())
        self.assertIn(f'{rest_of_a_stop() // 1000} s', UNIT.read_text())

    def test_the_unit_tells_systemd_what_the_daemon_does(self):
        self.assertEqual(unit_value('Type'), 'notify')
        self.assertEqual(unit_value('NotifyAccess'), 'main')
        self.assertEqual(unit_value('KillMode'), 'mixed')
        self.assertEqual(unit_value('Environment'), 'DATA_DIR=/var/lib/' + unit_value('StateDirectory'))
        self.assertGreater(int(unit_value('WatchdogSec')), 0)

    def test_the_account_that_the_unit_names_is_made(self):
        accounts = (ROOT / 'systemd' / 'lanekeeper.sysusers').read_text()
        self.assertRegex(accounts, rf'(?m)^u {unit_value("User")} ')


if __name__ == '__main__':
    unittest.main(verbosity=2)
