# Built in two steps, so that build tools and caches stay out of the image.
FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/milepost
WORKDIR /src
# The locks first: this layer is rebuilt only when they change. What speaks to PostgreSQL is in the image, too.
COPY requirements/build.lock requirements/postgres.lock requirements/
RUN python -m venv /opt/build \
 && /opt/build/bin/pip install --require-hashes -r requirements/build.lock \
 # Wheels are made where the build tools are, for one dependency ships as source only.
 && /opt/build/bin/pip wheel --require-hashes --no-build-isolation --no-deps --wheel-dir /wheels -r requirements/postgres.lock \
 && /opt/milepost/bin/pip install --no-deps --no-index /wheels/*.whl
COPY pyproject.toml README.md LICENSE ./
COPY bot bot
COPY providers providers
COPY playground playground
RUN /opt/build/bin/pip wheel --no-build-isolation --no-deps --wheel-dir /own . \
 && /opt/milepost/bin/pip install --no-deps --no-index /own/*.whl \
 # pip itself is not needed to run.
 && /opt/milepost/bin/pip uninstall --yes pip

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin milepost \
 && mkdir /data && chown milepost:milepost /data
COPY --from=build /opt/milepost /opt/milepost
ENV PATH=/opt/milepost/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER milepost
# The data file (milepost.db) and milepost.toml are looked for here.
WORKDIR /data
VOLUME /data
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s --retries=3 CMD ["milepost", "health"]
# As a list: the bot is process 1 and SIGTERM reaches it, not a shell.
STOPSIGNAL SIGTERM
ENTRYPOINT ["milepost"]
# The playground listens on the container's own loopback only, so it would be of no use here.
CMD ["run", "--slack-only"]
