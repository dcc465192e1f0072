"""What Hugging Face computes from demo-4l: logits, some activations, and the loss on its corpus.

    pip install "torch==2.13.0+cpu" transformers==5.23.0 tokenizers==0.23.3 safetensors==0.8.0
    python make_demo.py DEMO_4L_DIRECTORY ../../GPT2Tests/Fixtures/demo-4l.safetensors
"""

import json
import pathlib
import sys

import torch
from safetensors.torch import save_file
from tokenizers import ByteLevelBPETokenizer
from transformers import GPT2LMHeadModel

from activations import activations

NAMES = [
    "logits", "blocks.0.attn.hook_pattern", "blocks.1.ln1.hook_x", "blocks.2.attn.hook_pattern", "blocks.2.attn.hook_q",
    "blocks.2.attn.hook_k", "blocks.3.hook_resid_pre", "blocks.3.hook_mlp_out", "ln_final.hook_normalized",
]

directory, out = pathlib.Path(sys.argv[1]), sys.argv[2]
model = GPT2LMHeadModel.from_pretrained(directory, dtype=torch.float32, attn_implementation="eager").double().eval()
tokenizer = ByteLevelBPETokenizer(str(directory / "vocab.json"), str(directory / "merges.txt"))
prompts = [json.loads(line)["prompt"] for line in (directory / "indirect_object.jsonl").read_text().splitlines()[:2]]
T = 14
ids = torch.tensor([[0, *tokenizer.encode(prompt).ids][:T] for prompt in prompts])
found = activations(model, ids)
expected = {"tokens": ids} | {name: found[name] for name in NAMES}

stream = []
for encoding in tokenizer.encode_batch((directory / "corpus.txt").read_text().splitlines()[:200]):
    stream += [0, *encoding.ids]
contexts = torch.tensor(stream[: 8 * 128]).view(8, 128)
contexts[:, 0] = 0
with torch.no_grad():
    logits = model(contexts).logits[:, :-1]
loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), contexts[:, 1:].flatten(), reduction="none").view(8, 127)
expected |= {"contexts": contexts, "loss": loss}
save_file({name: tensor.float().contiguous() for name, tensor in expected.items()}, out)
print(f"mean loss {loss.mean():.6f}; " + ", ".join(f"{name} {list(tensor.shape)}" for name, tensor in expected.items()))
