# The bot with the animatic engine: docker build -t twohander .
# With LTX (a CUDA host): docker build --build-arg EXTRAS=ltx -t twohander .
FROM python:3.12-slim-bookworm AS build
ARG EXTRAS=""
WORKDIR /src
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY bot bot
COPY db db
COPY renderer renderer
RUN python -m venv /opt/twohander \
    && /opt/twohander/bin/pip install --no-cache-dir ".${EXTRAS:+[$EXTRAS]}"

FROM python:3.12-slim-bookworm
ARG EXTRAS=""
# LTX's kernels are built on the GPU's machine, by Triton, which takes a C compiler.
# ffmpeg and the CJK font come in the wheels of imageio-ffmpeg and cvttf-notosanscjk-medium: the versions that the tests use.
RUN apt-get update \
    && apt-get install --no-install-recommends --yes tini ${EXTRAS:+gcc libc6-dev} \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 twohander \
    && install --directory --owner twohander /data
COPY --from=build /opt/twohander /opt/twohander
COPY config.example.toml /opt/twohander/
ENV PATH=/opt/twohander/bin:$PATH PYTHONUNBUFFERED=1
USER twohander
WORKDIR /data
VOLUME /data
# config.toml lies in /data; the token comes from TWOHANDER_TOKEN or a mounted file (discord.token_file).
ENTRYPOINT ["tini", "--", "twohander"]
CMD ["run", "--config", "/data/config.toml"]
