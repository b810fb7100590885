"""`labo templates`: write, sign, publish and revoke action and agent templates."""
