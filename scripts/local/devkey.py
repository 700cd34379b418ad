"""The development key pair: `token` signs with it, and `serve` accepts its tokens in development mode only."""

import subprocess

import tools
from checkout import LOCAL, SetupError, say

KEY_FILE = LOCAL / "development-key.pem"

# Runs in the environment, because Python itself can't make RSA keys. Opened for the owner alone before anything is written.
_MAKE = """
import os, sys
from cryptography.hazmat.primitives import serialization as s
from cryptography.hazmat.primitives.asymmetric import rsa
key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
pem = key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption())
new = sys.argv[1] + ".new"
with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
    file.write(pem)
os.replace(new, sys.argv[1])
"""


def ensure():
    """Makes the key (RSA 2048, PKCS#8 PEM) unless it is there. Answers its file."""
    if not KEY_FILE.exists():
        say("making the development key")
        if subprocess.run([str(tools.PYTHON), "-c", _MAKE, str(KEY_FILE)]).returncode != 0:
            raise SetupError("the development key could not be made")
    return KEY_FILE
