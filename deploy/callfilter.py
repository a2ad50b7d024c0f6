"""Filters of system calls, as service managers load them into what they start."""
import ctypes
import os

from checks import Skipped


class Comparison(ctypes.Structure):
    _fields_ = [("argument", ctypes.c_uint), ("operator", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64)]


class Filter:
    """Rules about system calls, loaded into the process that is started."""

    ALLOW, EQUAL, MASKED_EQUAL = 0x7FFF0000, 4, 7

    def __init__(self):
        try:
            self.library = ctypes.CDLL("libseccomp.so.2")
        except OSError as error:
            raise Skipped(f"no libseccomp: {error}") from error
        self.library.seccomp_init.restype = ctypes.c_void_p
        self.contexts = []

    @staticmethod
    def refuse(number):
        return 0x00050000 | number

    def context(self, action):
        self.contexts.append(self.library.seccomp_init(ctypes.c_uint32(action)))
        return self.contexts[-1]

    def rule(self, context, action, call, *comparisons):
        number = self.library.seccomp_syscall_resolve_name(call.encode())
        if number >= 0:
            array = (Comparison * len(comparisons))(*comparisons)
            answer = self.library.seccomp_rule_add_array(
                ctypes.c_void_p(context), ctypes.c_uint32(action), number, len(comparisons), array)
            assert answer == 0, f"{call}: {answer}"

    def allow_only(self, calls, otherwise):
        context = self.context(self.refuse(otherwise))
        for call in sorted(calls):
            self.rule(context, self.ALLOW, call)

    def refuse_where(self, number, call, *comparisons):
        """The call, or with comparisons each of them by itself."""
        context = self.context(self.ALLOW)
        for comparison in comparisons or [None]:
            self.rule(context, self.refuse(number), call, *([comparison] if comparison else []))

    def load(self):
        for context in self.contexts:
            if self.library.seccomp_load(ctypes.c_void_p(context)) != 0:
                os._exit(126)
