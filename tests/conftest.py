"""What pytest wants at the root: plugins that only some folders use."""

pytest_plugins = ["pytester"]
