from __future__ import annotations

import pytest

from sdp.errors import ConfigurationError
from sdp.plan.extras import optional


def test_a_library_that_is_not_installed_is_told_with_the_extra_that_has_it() -> None:
    with pytest.raises(ConfigurationError, match="no_such_library") as raised:
        optional("no_such_library")

    assert raised.value.remedy == "Install: pip install 'sikker-digital-post[plan]'"
