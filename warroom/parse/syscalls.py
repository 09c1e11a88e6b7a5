"""Names of Linux system calls that rules ask for, by the number an audit record gives.

From Linux's ``arch/x86/entry/syscalls/syscall_64.tbl`` and ``include/uapi/asm-generic/unistd.h`` (arm64). Numbers are
part of the kernel's interface: they never change.
"""

from __future__ import annotations

from typing import Final

_X86_64: Final = {
    2: "open", 41: "socket", 42: "connect", 43: "accept", 49: "bind", 50: "listen", 56: "clone", 57: "fork",
    58: "vfork", 59: "execve", 62: "kill", 76: "truncate", 82: "rename", 84: "rmdir", 85: "creat", 86: "link",
    87: "unlink", 88: "symlink", 90: "chmod", 91: "fchmod", 92: "chown", 93: "fchown", 94: "lchown", 99: "sysinfo",
    101: "ptrace", 103: "syslog", 105: "setuid", 106: "setgid", 113: "setreuid", 117: "setresuid", 133: "mknod",
    135: "personality", 155: "pivot_root", 161: "chroot", 164: "settimeofday", 165: "mount", 166: "umount2",
    167: "swapon", 169: "reboot", 170: "sethostname", 175: "init_module", 176: "delete_module", 188: "setxattr",
    197: "removexattr", 227: "clock_settime", 246: "kexec_load", 257: "openat", 259: "mknodat", 263: "unlinkat",
    264: "renameat", 268: "fchmodat", 272: "unshare", 288: "accept4", 308: "setns", 310: "process_vm_readv",
    311: "process_vm_writev", 313: "finit_module", 316: "renameat2", 319: "memfd_create", 320: "kexec_file_load",
    321: "bpf", 322: "execveat",
}  # fmt: skip
_ARM64: Final = {
    5: "setxattr", 14: "removexattr", 33: "mknodat", 35: "unlinkat", 36: "symlinkat", 37: "linkat", 38: "renameat",
    39: "umount2", 40: "mount", 41: "pivot_root", 45: "truncate", 51: "chroot", 52: "fchmod", 53: "fchmodat",
    54: "fchownat", 55: "fchown", 56: "openat", 92: "personality", 97: "unshare", 104: "kexec_load",
    105: "init_module", 106: "delete_module", 112: "clock_settime", 116: "syslog", 117: "ptrace", 129: "kill",
    142: "reboot", 144: "setgid", 145: "setreuid", 146: "setuid", 147: "setresuid", 161: "sethostname",
    170: "settimeofday", 179: "sysinfo", 198: "socket", 200: "bind", 201: "listen", 202: "accept", 203: "connect",
    220: "clone", 221: "execve", 224: "swapon", 242: "accept4", 268: "setns", 270: "process_vm_readv",
    271: "process_vm_writev", 273: "finit_module", 276: "renameat2", 279: "memfd_create", 280: "bpf", 281: "execveat",
    294: "kexec_file_load",
}  # fmt: skip
#: The audit record's ``arch``: the ELF machine with flags, in hexadecimal digits.
_BY_ARCH: Final = {"c000003e": _X86_64, "c00000b7": _ARM64}


def syscall_name(arch: str | None, number: str) -> str | None:
    """Give a system call's name, or None where the table has none."""
    table = _BY_ARCH.get(arch or "", {})
    return table.get(int(number)) if number.isdecimal() and len(number) < 5 else None  # noqa: PLR2004  no table is longer
