# SPDX-License-Identifier: LGPL-2.1-or-later
"""IMA's list of measurements and the TPM that keeps their sum: what a handoff does to them is known and told.

The TPM is emulated (swtpm), as a device beside QEMU. Debian's kernels do not hand the list on (CONFIG_IMA_KEXEC is off).
"""

import contextlib
import json
import subprocess
import tempfile
from pathlib import Path

from handoff import REBOOT, arm, first_kernel, kernel_of, run, single
from lab import initramfs
from lab.guest import CMDLINE

IMA = "/sys/kernel/security/ima"
PCR = "/sys/class/tpm/tpm0/pcr-sha256/10"       # IMA's register (Documentation/ABI/stable/sysfs-class-tpm)


@contextlib.contextmanager
def tpm():
    """Yield QEMU's words for a TPM 2.0 with a state of its own; it ends when QEMU does."""
    with tempfile.TemporaryDirectory(prefix="tpm-") as place:
        pid = Path(place) / "pid"
        # The parent returns when the socket is there.
        subprocess.run(["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={place}", "--ctrl", f"type=unixio,path={place}/socket",
                        "--terminate", "--daemon", "--pid", f"file={pid}"], check=True)
        try:
            yield ("-chardev", f"socket,id=tpm,path={place}/socket", "-tpmdev", "emulator,id=tpm,chardev=tpm",
                   "-device", "tpm-tis,tpmdev=tpm")
        finally:
            if pid.exists():
                subprocess.run(["kill", pid.read_text().strip()], check=False, stderr=subprocess.DEVNULL)


def measurements(guest):
    run(guest, "grep -q securityfs /proc/mounts || mount -t securityfs none /sys/kernel/security")
    return int(run(guest, f"cat {IMA}/runtime_measurements_count"))


def test_a_list_that_would_be_lost_decides_for_the_file_call_or_is_told():
    kernel = kernel_of("6.1")
    assert "# CONFIG_IMA_KEXEC is not set" in kernel.config.read_text()
    initrds = single(kernel, initramfs.VIRTIO_BLOCK)
    words = f"vmlinuz {initrds.options()} --cmdline='{CMDLINE}'"
    with tpm() as extra, first_kernel("6.1", initrds.files | {"vmlinuz": kernel.vmlinuz, "config": kernel.config},
                                      extra=extra) as (guest, before):
        assert measurements(guest) == 1, "of the boot itself"
        assert json.loads(run(guest, f"baton plan {words} --json"))["method"] == "kexec_load"
        run(guest, f"echo measure func=BPRM_CHECK >{IMA}/policy && cp baton other && ./other version && grep -q other "
                   f"{IMA}/ascii_runtime_measurements")
        assert measurements(guest) > 2 and int(run(guest, f"cat {PCR}"), 16)
        # Nobody knows how the kernel was built.
        plan = json.loads(run(guest, f"baton plan {words} --json"))
        assert plan["method"] == "kexec_file_load"
        assert any("IMA's list of measurements" in reason["text"] for reason in plan["reasons"] if reason["topic"] == "method")
        # This one hands no list on by either call.
        run(guest, f"mkdir -p /boot && cp config /boot/config-{kernel.release}")
        assert json.loads(run(guest, f"baton plan {words} --json"))["method"] == "kexec_load"
        told = run(guest, f"baton load -q {words} 2>&1 >/dev/null")
        assert "list of measurements is lost" in told and "CONFIG_IMA_KEXEC" in told
        sum_before = run(guest, f"cat {PCR}")
        after = guest.reboot_with(REBOOT)
        arm(guest)
        # As it was told: the list begins anew, the TPM does not.
        assert after.boot_id != before.boot_id and measurements(guest) == 1
        assert run(guest, f"cat {PCR}") != sum_before and int(run(guest, f"cat {PCR}"), 16)
