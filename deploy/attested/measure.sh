#!/bin/sh
# plan · fetch · run, each in a container of its own: only `fetch` has a network, and it never sees the model.
#
#   MODEL      your name or your organisation's, a slash, the model's
#   TASK       an id of the catalogue
#   HARDWARE   the class of this machine's card
#   NONCE      from the Space's page /submit/attested
#   PROTOCOL   offline-b1 unless given
#   EXCLUSIVE  `yes` vouches that nothing else uses the card: a container does not see it
set -eu

model=${WEIGHTS:-/model}
out=${OUT:-/out}

case "${1:-}" in
plan)
    python -m runners plan --model "$MODEL" --weights "$model" --task "$TASK" --hardware "$HARDWARE" \
        --protocol "${PROTOCOL:-offline-b1}" --nonce "$NONCE" >"$out/plan.json.part"
    mv "$out/plan.json.part" "$out/plan.json"
    ;;
fetch)
    python -m runners fetch "$out/plan.json" --no-model
    ;;
run)
    export HF_HUB_OFFLINE=1
    vouch=
    if [ "${EXCLUSIVE:-no}" = yes ]; then vouch=--exclusive; fi
    # shellcheck disable=SC2086 # nothing where nothing is vouched for
    python -m runners bench "$out/plan.json" "$out/run" --weights "$model" $vouch
    python -m runners verify "$out/run"
    python -m runners bundle "$out/run" --nonce "$NONCE" --output "$out/bundle.zip"
    ;;
*)
    echo "usage: measure.sh plan | fetch | run" >&2
    exit 2
    ;;
esac
