# Written for docker build; not yet built on a Docker engine (docs/deployment.md).
FROM python:3.11.14-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/labo
ENV PATH=/opt/labo/bin:$PATH
WORKDIR /src
# The lock first: a change of the source alone does not fetch the dependencies again.
COPY requirements-build.lock requirements.lock ./
RUN pip install --no-deps --require-hashes --no-build-isolation --use-pep517 -r requirements-build.lock \
 && pip install --no-deps --require-hashes --no-build-isolation --use-pep517 -r requirements.lock \
 && pip check
COPY pyproject.toml README.md LICENSE ./
COPY api api
COPY engine engine
COPY graph graph
COPY workers workers
COPY labo labo
COPY cypher cypher
COPY migrations migrations
COPY policies policies
COPY templates templates
RUN pip install --no-deps --no-build-isolation .

FROM python:3.11.14-slim-bookworm
RUN groupadd --gid 10001 labo \
 && useradd --uid 10001 --gid labo --no-create-home --home-dir /data --shell /usr/sbin/nologin labo \
 && install --directory --owner labo --group labo --mode 0700 /data
COPY --from=build /opt/labo /opt/labo
ENV PATH=/opt/labo/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 LABO_DATA_DIR=/data
USER 10001:10001
# Not /data: Celery imports first what lies in the working directory.
WORKDIR /opt/labo
VOLUME /data
EXPOSE 8080 4317
CMD ["python", "-P", "-m", "api.server", "--host", "0.0.0.0", "--port", "8080"]
