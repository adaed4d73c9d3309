//! BERT's encoder: a table of tokens, layers of attention, the mean of what comes out.
//!
//! Source: Devlin et al., "BERT" (2018); pooling as in Reimers, Gurevych, "Sentence-BERT" (2019). One
//! text at a time, so nothing has to be padded and masked.

use std::collections::HashMap;

use candle_core::{DType, Device, Tensor, safetensors};
use candle_nn::{LayerNorm, Linear, Module, ops::softmax_last_dim};
use serde::Deserialize;

/// What `config.json` says about the shape of the model.
#[derive(Debug, Deserialize)]
pub(super) struct Config {
    #[serde(default)]
    model_type: String,
    #[serde(default)]
    hidden_act: String,
    hidden_size: usize,
    intermediate_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    max_position_embeddings: usize,
    layer_norm_eps: f64,
    pub(super) vocab_size: usize,
}

impl Config {
    pub(super) fn read(json: &[u8]) -> Result<Self, String> {
        let config: Self = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        if config.model_type != "bert" {
            return Err(format!(
                "a model of the type `{}`, not bert",
                config.model_type
            ));
        }
        if config.hidden_act != "gelu" {
            return Err(format!("the activation `{}`, not gelu", config.hidden_act));
        }
        if config.num_attention_heads == 0
            || !config
                .hidden_size
                .is_multiple_of(config.num_attention_heads)
        {
            return Err("hidden_size is no multiple of num_attention_heads".to_owned());
        }
        Ok(config)
    }
}

#[derive(Debug)]
pub(super) struct Bert {
    words: Tensor,
    positions: Tensor,
    norm: LayerNorm,
    layers: Vec<Layer>,
    heads: usize,
}

#[derive(Debug)]
struct Layer {
    query: Linear,
    key: Linear,
    value: Linear,
    attended: Linear,
    attended_norm: LayerNorm,
    wide: Linear,
    narrow: Linear,
    norm: LayerNorm,
}

/// Takes tensors out of the file by their names, and checks their shapes.
struct Weights {
    tensors: HashMap<String, Tensor>,
    hidden: usize,
    epsilon: f64,
}

impl Weights {
    fn take(&mut self, name: &str) -> Result<Tensor, String> {
        let tensor = self
            .tensors
            .remove(name)
            // Written with the head that the model was trained with, its parts have a prefix.
            .or_else(|| self.tensors.remove(&format!("bert.{name}")))
            .ok_or_else(|| format!("`{name}` is missing"))?;
        tensor
            .to_dtype(DType::F32)
            .map_err(|error| format!("`{name}`: {error}"))
    }

    fn shaped(&mut self, name: &str, shape: &[usize]) -> Result<Tensor, String> {
        let tensor = self.take(name)?;
        if tensor.dims() != shape {
            return Err(format!(
                "`{name}` has the shape {:?}, not {shape:?}",
                tensor.dims()
            ));
        }
        Ok(tensor)
    }

    fn square(&mut self, name: &str) -> Result<Linear, String> {
        let hidden = self.hidden;
        self.linear(name, hidden, hidden)
    }

    fn linear(&mut self, name: &str, from: usize, to: usize) -> Result<Linear, String> {
        let weight = self.shaped(&format!("{name}.weight"), &[to, from])?;
        let bias = self.shaped(&format!("{name}.bias"), &[to])?;
        Ok(Linear::new(weight, Some(bias)))
    }

    fn norm(&mut self, name: &str) -> Result<LayerNorm, String> {
        let hidden = self.hidden;
        let weight = self.shaped(&format!("{name}.weight"), &[hidden])?;
        let bias = self.shaped(&format!("{name}.bias"), &[hidden])?;
        Ok(LayerNorm::new(weight, bias, self.epsilon))
    }

    fn layer(&mut self, at: usize, wide: usize) -> Result<Layer, String> {
        let within = |part: &str| format!("encoder.layer.{at}.{part}");
        let hidden = self.hidden;
        Ok(Layer {
            query: self.square(&within("attention.self.query"))?,
            key: self.square(&within("attention.self.key"))?,
            value: self.square(&within("attention.self.value"))?,
            attended: self.square(&within("attention.output.dense"))?,
            attended_norm: self.norm(&within("attention.output.LayerNorm"))?,
            wide: self.linear(&within("intermediate.dense"), hidden, wide)?,
            narrow: self.linear(&within("output.dense"), wide, hidden)?,
            norm: self.norm(&within("output.LayerNorm"))?,
        })
    }
}

impl Bert {
    /// Reads the bytes of a `model.safetensors`.
    pub(super) fn read(config: &Config, file: &[u8]) -> Result<Self, String> {
        let tensors =
            safetensors::load_buffer(file, &Device::Cpu).map_err(|error| error.to_string())?;
        let hidden = config.hidden_size;
        let mut weights = Weights {
            tensors,
            hidden,
            epsilon: config.layer_norm_eps,
        };
        let table = "embeddings.word_embeddings.weight";
        let words = weights.shaped(table, &[config.vocab_size, hidden])?;
        let table = "embeddings.position_embeddings.weight";
        let positions = weights.shaped(table, &[config.max_position_embeddings, hidden])?;
        // There is one text, never a pair: its type is the first, at every position.
        let types = weights.take("embeddings.token_type_embeddings.weight")?;
        let first = types.narrow(0, 0, 1);
        let positions = first
            .and_then(|first| positions.broadcast_add(&first))
            .map_err(|error| format!("the table of types: {error}"))?;
        let norm = weights.norm("embeddings.LayerNorm")?;
        let layers = (0..config.num_hidden_layers)
            .map(|at| weights.layer(at, config.intermediate_size))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            words,
            positions,
            norm,
            layers,
            heads: config.num_attention_heads,
        })
    }

    /// Numbers in a vector.
    pub(super) fn dimension(&self) -> usize {
        self.words.dims().last().copied().unwrap_or_default()
    }

    /// Tokens that a text may have.
    pub(super) fn positions(&self) -> usize {
        self.positions.dims().first().copied().unwrap_or_default()
    }

    /// The direction of a text, with length 1.
    pub(super) fn vector(&self, tokens: &[u32]) -> Result<Vec<f32>, String> {
        self.forward(tokens).map_err(|error| error.to_string())
    }

    fn forward(&self, tokens: &[u32]) -> candle_core::Result<Vec<f32>> {
        let many = tokens.len();
        let ids = Tensor::from_slice(tokens, many, &Device::Cpu)?;
        let positions = self.positions.narrow(0, 0, many)?;
        let mut state = self
            .norm
            .forward(&(self.words.index_select(&ids, 0)? + positions)?)?;
        for layer in &self.layers {
            state = layer.forward(&state, self.heads)?;
        }
        let mean = state.mean(0)?;
        let length = mean.sqr()?.sum_all()?.sqrt()?;
        mean.broadcast_div(&length)?.to_vec1()
    }
}

impl Layer {
    fn forward(&self, state: &Tensor, heads: usize) -> candle_core::Result<Tensor> {
        let attended = self.attended.forward(&self.attention(state, heads)?)?;
        let state = self.attended_norm.forward(&(attended + state)?)?;
        let thought = self.wide.forward(&state)?.gelu_erf()?;
        let narrow = self.narrow.forward(&thought)?;
        self.norm.forward(&(narrow + &state)?)
    }

    fn attention(&self, state: &Tensor, heads: usize) -> candle_core::Result<Tensor> {
        let (many, hidden) = state.dims2()?;
        let size = hidden / heads;
        let split = |linear: &Linear| {
            linear
                .forward(state)?
                .reshape((many, heads, size))?
                .transpose(0, 1)?
                .contiguous()
        };
        let (query, key, value) = (split(&self.query)?, split(&self.key)?, split(&self.value)?);
        let scores = (query.matmul(&key.t()?)? / (size as f64).sqrt())?;
        softmax_last_dim(&scores)?
            .matmul(&value)?
            .transpose(0, 1)?
            .reshape((many, hidden))
    }
}
