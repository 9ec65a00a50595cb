# The guard (`canary guard`), and the command line for those who have no Python: `docker run IMAGE status podinfo -n prod`.
# Build it from the repository's root: docker build -t REGISTRY/pulumi-canary .
FROM python:3.11-slim AS packages
WORKDIR /build
COPY requirements.lock .
# Only what the command line imports, at the versions of the lock file.
RUN sed -n 's/^\([a-zA-Z0-9._-]*==[^ ;]*\).*/\1/p' requirements.lock > constraints.txt \
 && python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --only-binary=:all: -c constraints.txt kubernetes pydantic pyyaml requests

FROM python:3.11-slim
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PATH=/venv/bin:$PATH
COPY --from=packages /venv /venv
COPY canary /app/canary
WORKDIR /app
USER 65532:65532
ENTRYPOINT ["python", "-m", "canary"]
CMD ["--help"]
