"""Questions about the webshop's installation."""


def version(path="/srv/webshop/current"):
    """The version that is deployed under *path*."""
    return __salt__["file.read"](f"{path}/VERSION").strip()
