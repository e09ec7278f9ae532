"""What a finalizer may try in what Python calls by itself."""

from tests.harms.program import Harm

HOOKS = (
    Harm(
        "size_of_object",
        "write when it is asked for its size",
        """
            pass

        def __sizeof__(self):
            open(os.path.join(PLACE, "asked"), "w").close()
            return 2000
        """,
        'return int(os.path.exists(os.path.join(PLACE, "asked")))',
    ),
    Harm(
        "weak_reference",
        "write when a weak reference dies",
        "",
        'return int(os.path.exists(os.path.join(PLACE, "gone")))',
        setup="""
            import weakref
            weak = []
        """,
        make="""
            weak.append(weakref.ref(self, lambda _: open(os.path.join(PLACE, "gone"), "w")))
        """,
    ),
    Harm(
        "at_fork",
        "write after each fork, as registered with `os.register_at_fork`",
        "pass",
        'return int(os.path.exists(os.path.join(PLACE, "forked")))',
        setup="""
            os.register_at_fork(after_in_child=lambda: open(os.path.join(PLACE, "forked"), "w").close())
        """,
    ),
    Harm(
        "audit_hook",
        "write in an audit hook, at whatever leakscan does in the copy",
        "pass",
        'return int(os.path.exists(os.path.join(PLACE, "audited")))',
        setup="""
            number, is_busy = os.getpid(), []

            def audit(event, arguments):
                if os.getpid() != number and not is_busy:
                    is_busy.append(1)
                    try:
                        open(os.path.join(PLACE, "audited"), "w").close()
                    finally:
                        is_busy.clear()

            sys.addaudithook(audit)
        """,
        is_freed=False,
    ),
)
