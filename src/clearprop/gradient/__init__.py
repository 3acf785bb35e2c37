"""From a forward graph to the gradients of its loss, simplified as an expert would."""
