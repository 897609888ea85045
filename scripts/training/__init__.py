"""Makes the kiosk's own translation model: sentences, vocabulary, training, conversion. Not part of the program.

``scripts/train_translation.py`` is its command. Only :mod:`training.network` and what stands above it need PyTorch; the
kiosk itself runs the result in CTranslate2 and imports nothing from here.
"""
