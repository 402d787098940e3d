//! The way into the cluster, and the one runtime that everything is waited for on.

use aws_env::AwsEnv;
use kube_rollout::{
    Cluster, ClusterError, Moment, Report, Request, RolloutError, by_eks, by_kubeconfig, explain,
    roll_out,
};
use tokio::runtime::Runtime;

use crate::wanted::Wanted;
use crate::{Args, Error};

/// How the cluster is reached.
pub(crate) struct Way {
    cluster: Cluster,
    through: Through,
}

enum Through {
    Kubeconfig(Runtime),
    Eks { aws: Box<AwsEnv>, name: String },
}

impl Way {
    /// Finds the cluster; nothing is asked of it yet.
    pub(crate) fn open(args: &Args, wanted: &Wanted) -> Result<Self, Error> {
        if let Some(name) = &wanted.cluster {
            let aws = Box::new(AwsEnv::load(wanted.region.as_deref())?);
            if let Some(account) = &wanted.account {
                aws.caller(Some(account))?;
            }
            let cluster = aws.block_on(by_eks(aws.config(), name))?;
            return Ok(Self {
                cluster,
                through: Through::Eks {
                    aws,
                    name: name.clone(),
                },
            });
        }
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(Error::Runtime)?;
        let cluster = runtime.block_on(by_kubeconfig(
            args.kubeconfig.as_deref(),
            args.context.as_deref(),
        ))?;
        Ok(Self {
            cluster,
            through: Through::Kubeconfig(runtime),
        })
    }

    /// The cluster's name, for a record.
    pub(crate) fn name(&self) -> &str {
        match &self.through {
            Through::Kubeconfig(_) => "kubeconfig",
            Through::Eks { name, .. } => name,
        }
    }

    /// Rolls out.
    pub(crate) fn roll_out(
        &self,
        request: &Request,
        tell: &mut dyn FnMut(&Moment),
    ) -> Result<Report, Error> {
        let work = roll_out(&self.cluster, request, tell);
        match &self.through {
            Through::Kubeconfig(runtime) => Ok(runtime.block_on(work)?),
            Through::Eks { aws, name } => aws
                .block_on(work)
                .map_err(|error| explained(error, aws, name, &request.namespace)),
        }
    }
}

/// A refusal of EKS, with what would let us in.
fn explained(error: RolloutError, aws: &AwsEnv, cluster: &str, namespace: &str) -> Error {
    let source = match error {
        RolloutError::Cluster(
            source @ (ClusterError::Unauthorized | ClusterError::Forbidden { .. }),
        ) => source,
        RolloutError::Rights { missing } => ClusterError::Forbidden {
            doing: "this rollout".to_owned(),
            message: format!("we have no right to {}", missing.join(", ")),
        },
        error => return error.into(),
    };
    // whoever has no credentials any more has the cluster's word only
    let caller = aws
        .caller(None)
        .map(|caller| caller.arn)
        .unwrap_or_default();
    match explain(&source, cluster, namespace, &caller) {
        Some(help) => Error::NotLetIn {
            cluster: cluster.to_owned(),
            caller,
            help,
            source: Box::new(source),
        },
        None => RolloutError::Cluster(source).into(),
    }
}
