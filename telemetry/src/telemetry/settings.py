"""What a process is told of where its figures and its spans go, as types of its settings."""

from typing import Annotated

from pydantic import Field

MetricsHost = Annotated[str, Field(description="Address of this process's figures for Prometheus.")]
MetricsPort = Annotated[int, Field(ge=0, le=65535, description="Their port; 0 means none.")]
OtlpEndpoint = Annotated[
    str,
    Field(
        pattern=r"^(https?://[^\s?#]+)?$",
        description="Receiver of spans by OTLP, as http://collector:4318; empty means no spans.",
        repr=False,
    ),
]
