"""A request handler that asks the tracer provider for its tracer each time.

Since 1.40.0 each SDK tracer makes metric instruments through the proxy meter provider,
which remembers them for ever (open-telemetry/opentelemetry-python#5016, fixed in 1.41.0).
"""

from opentelemetry.sdk.trace import TracerProvider

provider = TracerProvider(shutdown_on_exit=False)


def work():
    tracer = provider.get_tracer("shop.orders")
    with tracer.start_as_current_span("order") as span:
        span.set_attribute("n", 1)
