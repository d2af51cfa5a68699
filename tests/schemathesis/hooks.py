"""What schemathesis is kept from asking for, because it would wait for the answer as long."""

import schemathesis

SOON = 0.1


@schemathesis.hook
def before_call(context, case, kwargs):
    """Have every run that may begin later begin soon."""
    body = case.body
    if isinstance(body, dict) and isinstance(body.get("after_seconds"), int | float):
        body["after_seconds"] = min(body["after_seconds"], SOON)
