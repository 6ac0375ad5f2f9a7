# SPDX-License-Identifier: LGPL-2.1-or-later
"""A machine's record takes the place of the machine."""

import base64
import json
import subprocess

from handoff import binary, first_kernel, kernel_of, run, single


def test_a_plan_made_in_the_guest_is_the_one_made_from_its_record_on_the_host(tmp_path):
    """`baton machine --record` holds everything that planning looks at."""
    kernel = kernel_of("6.12")
    initrds = single(kernel)
    plan = f"plan --json --seed=0123456789abcdef --reuse-cmdline --append=more vmlinuz {initrds.options()}"
    with first_kernel("7.2", initrds.files | {"vmlinuz": kernel.vmlinuz}, firmware="ovmf-kernel") as (guest, _):
        run(guest, "baton machine --record=/run/machine.tar")
        there = json.loads(run(guest, f"baton {plan}"))
        record = base64.b64decode(guest.run("base64 /run/machine.tar"))
    (tmp_path / "machine.tar").write_bytes(record)
    (tmp_path / "vmlinuz").symlink_to(kernel.vmlinuz)
    (tmp_path / "initrd").symlink_to(initrds.files["initrd"])
    done = subprocess.run([binary(), *plan.split(), "--machine=machine.tar"], cwd=tmp_path, text=True,
                          capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == there
