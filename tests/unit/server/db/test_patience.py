import pytest
from psycopg import OperationalError, errors
from psycopg_pool import PoolClosed, PoolTimeout

from server.db.patience import is_away, patiently


class Operation:
    """Fails with each error in turn, then succeeds."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.times = 0

    async def __call__(self) -> str:
        self.times += 1
        if self.failures:
            raise self.failures.pop(0)
        return "done"


async def test_an_operation_is_done_again_while_postgres_is_away():
    operation = Operation(OperationalError("lost"), errors.CannotConnectNow(), PoolTimeout())

    assert await patiently(operation) == "done"
    assert operation.times == 4


async def test_patience_ends():
    operation = Operation(*[OperationalError("lost")] * 9)

    with pytest.raises(OperationalError, match="lost"):
        await patiently(operation, patience=0.1)
    assert 1 < operation.times < 9


@pytest.mark.parametrize("error", [errors.DiskFull(), errors.UniqueViolation(), PoolClosed(), ValueError()])
async def test_other_errors_are_raised_at_once(error):
    operation = Operation(error)

    with pytest.raises(type(error)):
        await patiently(operation)
    assert operation.times == 1


@pytest.mark.parametrize("error", [errors.AdminShutdown, errors.CrashShutdown, errors.ConnectionFailure])
def test_a_server_that_shuts_down_is_away(error):
    assert is_away(error())
