"""A meter provider for each test or tenant, shut down when done.

MeterProvider._all_metric_readers, a class-level set, keeps every reader
(open-telemetry/opentelemetry-python#4220).
"""

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader


def work():
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader], shutdown_on_exit=False)
    provider.get_meter("shop").create_counter("orders").add(1)
    provider.shutdown()
