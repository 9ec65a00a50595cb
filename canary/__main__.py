"""`python -m canary`: what a person does beside `pulumi up`."""

import sys

from canary.cli.main import main

sys.exit(main())
