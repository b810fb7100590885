"""An application on the run's servers: the same as for linking."""

from tests.integration.linking.conftest import bench

__all__ = ["bench"]
