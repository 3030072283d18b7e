"""What the doors of who cannot sign in yet bear: much for a town hall behind one address, little for a robot."""

from datetime import timedelta

from idp.throttle import Door, Limit

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)

CONNEXION = Door(
    "connexion",
    address=(Limit(60, MINUTE), Limit(600, HOUR)),
    network=(Limit(3000, HOUR),),
)
"""Each account has a limit of its own (``policy.py``): this one sees a thousand accounts tried once each."""

OUBLI = Door("oubli", address=(Limit(20, HOUR),), network=(Limit(200, HOUR),))
